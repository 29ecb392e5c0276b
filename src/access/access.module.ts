import { Module } from '@nestjs/common';
import { ApiKeys } from './api-keys.js';
import { OpenAccess } from './open-access.js';
import { Origins } from './origins.js';

/** Who may come in: {@link ApiKeys} and {@link Origins}, the same for REST and for WebSockets. */
@Module({ providers: [ApiKeys, OpenAccess, Origins], exports: [ApiKeys, Origins] })
export class AccessModule {}
