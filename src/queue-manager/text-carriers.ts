import { Injectable } from '@nestjs/common';

/** Tasks remembered. */
const REMEMBERED = 1000;

/**
 * Tasks of which what this node looked into last had nothing but text to be kept: most likely the rest is so too. Of what other nodes saw
 * nothing is known here, and nothing lost by that but some milliseconds.
 */
@Injectable()
export class TextCarriers {
  private readonly tasks = new Set<string>();

  has(taskId: string): boolean {
    return this.tasks.has(taskId);
  }

  remember(taskId: string, carriesText: boolean): void {
    if (!carriesText) this.tasks.delete(taskId);
    else this.tasks.add(taskId);
    if (this.tasks.size > REMEMBERED) this.tasks.delete([...this.tasks][0]!);
  }
}
