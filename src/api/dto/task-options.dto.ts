import { ApiProperty } from '@nestjs/swagger';
import { WEBHOOK_EVENTS, type WebhookEvent } from '../../config/webhook-events.js';
import { FORMATS, MODES, type Format, type Mode } from '../../task-manager/task.types.js';

/** What is done to page images before they are read. */
export class PreprocessDto {
  @ApiProperty({ required: false, description: 'Light writing on dark paper is turned into dark on light.' })
  invert?: boolean;

  @ApiProperty({ required: false, description: 'Shadows, brown paper and faint ink are evened out.' })
  contrast?: boolean;

  @ApiProperty({ required: false, description: 'Dust and specks are taken off.' })
  denoise?: boolean;

  @ApiProperty({ required: false, description: 'Dark edges of copies and book scans are painted over.' })
  remove_borders?: boolean;

  @ApiProperty({ required: false, description: 'Crooked pages are set straight.' })
  deskew?: boolean;

  @ApiProperty({ required: false, description: 'The image is made black and white.' })
  binarise?: boolean;
}

/** The options in force, defaults filled in. The password is never among them. */
export class TaskOptionsDto {
  @ApiProperty({ example: 'tesseract' })
  ocr_provider!: string;

  @ApiProperty({
    required: false,
    example: 'document_ai',
    description: 'The provider asked for, when `ocr_provider` stands in for it because it is not set up here.',
  })
  requested_provider?: string;

  @ApiProperty({
    required: false,
    type: [String],
    example: ['tesseract'],
    description:
      'Who reads a page when `ocr_provider` is down or fails on it, or, with `second_look`, cannot read it surely, in this order.',
  })
  provider_fallback?: string[];

  @ApiProperty({ example: 'fra' })
  language!: string;

  @ApiProperty({ example: 5 })
  chunk_size!: number;

  @ApiProperty({
    required: false,
    example: 20,
    description: 'Most pages in a chunk of a document that carries its text; absent where the task has asked for a `chunk_size`.',
  })
  text_chunk_size?: number;

  @ApiProperty({ required: false, example: '1-3,5' })
  pages?: string;

  @ApiProperty({ enum: MODES, enumName: 'Mode' })
  mode!: Mode;

  @ApiProperty({ enum: FORMATS, enumName: 'Format', isArray: true, example: ['pdf', 'txt', 'json'] })
  formats!: Format[];

  @ApiProperty({ required: false, example: 'archive/' })
  output_path?: string;

  @ApiProperty({ required: false, example: 0 })
  dpi?: number;

  @ApiProperty({
    required: false,
    type: PreprocessDto,
    description: 'Steps taken always (true) or never (false); those left out are taken where a page needs them.',
  })
  preprocess?: PreprocessDto;

  @ApiProperty({ required: false, description: 'Whether doubtful pages are read again. Left out: yes.' })
  second_look?: boolean;

  @ApiProperty({ required: false, description: 'Whether earlier readings of the same page images are taken.' })
  cache?: boolean;

  @ApiProperty({ required: false, description: 'Whether pages are turned upright in the PDF, too. Left out: no.' })
  rotate_pages?: boolean;

  @ApiProperty({ required: false, description: 'Whether crooked pages are set straight in the PDF, too. Left out: no.' })
  deskew?: boolean;

  @ApiProperty({ required: false, description: 'Whether the PDF is written anew to make it smaller. Left out: no.' })
  optimize?: boolean;

  @ApiProperty({
    required: false,
    example: 'https://example.org/hooks/ocr',
    description: 'Where it is told what happens to the task; without credentials and query.',
  })
  webhook_url?: string;

  @ApiProperty({
    required: false,
    enum: WEBHOOK_EVENTS,
    enumName: 'WebhookEvent',
    isArray: true,
    example: ['task.completed', 'task.failed'],
    description: 'Of which events.',
  })
  webhook_events?: WebhookEvent[];
}
