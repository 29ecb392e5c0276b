import { Global, Module } from '@nestjs/common';
import { HealthRegistry } from './health-registry.js';

/** Lets every module register the parts that readiness depends on. */
@Global()
@Module({ providers: [HealthRegistry], exports: [HealthRegistry] })
export class HealthModule {}
