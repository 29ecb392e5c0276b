import { ApiProperty } from '@nestjs/swagger';
import { ENGINE_PROBLEMS, type EngineProblem } from '../../base-ocr/engines/ocr-engine.js';

/** An OCR engine of this server. */
export class ProviderDto {
  @ApiProperty({ example: 'tesseract', description: 'The value of `ocr_provider`.' })
  name!: string;

  @ApiProperty({ description: 'Whether it can work now.' })
  ready!: boolean;

  @ApiProperty({ required: false, description: 'Why it is not ready.' })
  reason?: string;

  @ApiProperty({ required: false, enum: ENGINE_PROBLEMS, enumName: 'EngineProblem', description: 'The same for programs.' })
  reason_code?: EngineProblem['reason_code'];

  @ApiProperty({ required: false, type: [String], example: ['http_ocr_url'], description: 'The settings it lacks.' })
  missing_settings?: readonly string[];

  @ApiProperty({ example: '7.0.0' })
  version!: string;

  @ApiProperty({ type: [String], example: ['eng', 'fra'], description: 'Installed languages; empty when it takes any.' })
  languages!: readonly string[];

  @ApiProperty({ example: 2, description: 'Pages it reads at the same time on this node.' })
  slots!: number;
}

export class ProviderListDto {
  @ApiProperty({ type: [ProviderDto] })
  providers!: ProviderDto[];

  @ApiProperty({ example: 'tesseract', description: 'The one used when a task names none.' })
  default_provider!: string;

  @ApiProperty({ example: 'eng', description: 'The language used when a task names none.' })
  default_language!: string;
}
