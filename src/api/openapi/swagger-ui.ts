import type { OpenAPIObject } from '@nestjs/swagger';

interface FormSchema {
  required?: string[];
  properties?: Record<string, { type?: string; example?: unknown }>;
}

/**
 * The description as Swagger UI is to have it. It fills every field of a form with something of the field's kind, as long and as large as
 * may be, also those nobody needs; so the optional ones get an empty example, which the server takes as not given.
 */
export function withEmptyForms(description: OpenAPIObject): OpenAPIObject {
  const shown = structuredClone(description);
  for (const path of Object.values(shown.paths)) {
    for (const operation of Object.values(path) as { requestBody?: { content?: Record<string, { schema?: FormSchema }> } }[]) {
      const { properties = {}, required = [] } = operation?.requestBody?.content?.['multipart/form-data']?.schema ?? {};
      for (const [name, property] of Object.entries(properties))
        if (!required.includes(name)) property.example = property.type === 'array' ? [] : '';
    }
  }
  return shown;
}
