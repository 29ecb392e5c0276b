import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { ApiKeys } from '../access/api-keys.js';

/** Asks for the API key where keys are set. Health and metrics also stand in processes that do not serve the API. */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(private readonly keys: ApiKeys) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<Request>();
    if (!this.keys.isAllowed(headers)) throw new UnauthorizedException('A valid API key is required.');
    return true;
  }
}
