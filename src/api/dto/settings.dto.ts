import { ApiProperty } from '@nestjs/swagger';

const ANY_VALUE = {
  nullable: true,
  oneOf: [{ type: 'number' }, { type: 'string' }, { type: 'boolean' }, { type: 'array' as const, items: { type: 'string' } }],
};

export type SettingValue = number | string | boolean | readonly string[] | null;

export class SettingDto {
  @ApiProperty({ example: 'chunk_size' })
  name!: string;

  @ApiProperty({ ...ANY_VALUE, example: 10, description: 'In force now. Null: unset, or a secret.' })
  value!: SettingValue;

  @ApiProperty({ ...ANY_VALUE, example: 5, description: 'Of the product. Null: none.' })
  default!: SettingValue;

  @ApiProperty({
    ...ANY_VALUE,
    example: 5,
    description: 'What this process was started with: in force where nothing was changed since.',
  })
  configured!: SettingValue;

  @ApiProperty({ example: 'Pages in a chunk, unless the task says otherwise.' })
  description!: string;

  @ApiProperty({ description: 'Can be changed while running, for all nodes at once.' })
  live!: boolean;

  @ApiProperty({ required: false, description: 'Its value is never shown.' })
  secret?: boolean;

  @ApiProperty({ required: false, example: 'pages', description: 'What a number counts.' })
  unit?: string;

  @ApiProperty({ required: false, example: 1 })
  minimum?: number;

  @ApiProperty({ required: false, example: 1000 })
  maximum?: number;
}

export class SettingsDto {
  @ApiProperty({ example: '0.1.0', description: 'Of the product.' })
  version!: string;

  @ApiProperty({ type: [SettingDto] })
  settings!: SettingDto[];
}
