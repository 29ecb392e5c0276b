import { Global, Module } from '@nestjs/common';
import { Logs } from './logs.js';

/** Gives every module the three {@link Logs}. */
@Global()
@Module({ providers: [Logs], exports: [Logs] })
export class LoggingModule {}
