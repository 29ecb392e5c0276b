/**
 * The functions of the PDFium WebAssembly module this product calls, with PDFium's own names (public/fpdf*.h of
 * https://pdfium.googlesource.com/pdfium). Handles and pointers are plain numbers; 0 stands for "none" or "failed".
 */
export interface PdfiumExports {
  readonly memory: WebAssembly.Memory;
  /** What function pointers point into. */
  readonly __indirect_function_table: { set(place: number, callable: unknown): void };
  malloc(size: number): number;
  free(pointer: number): void;

  FPDF_InitLibrary(): void;
  FPDF_GetLastError(): number;
  FPDF_LoadDocument(path: number, password: number): number;
  FPDF_CloseDocument(document: number): void;
  FPDF_GetPageCount(document: number): number;
  /** -1 when the document is not encrypted. */
  FPDF_GetSecurityHandlerRevision(document: number): number;

  FPDF_CreateNewDocument(): number;
  /** All pages when `range` is 0, put before the page of this index. */
  FPDF_ImportPages(into: number, from: number, range: number, index: number): number;
  /** Writes the document through an FPDF_FILEWRITE. */
  FPDF_SaveAsCopy(document: number, write: number, flags: number): number;

  FPDF_LoadPage(document: number, index: number): number;
  FPDF_ClosePage(page: number): void;
  /** Size as displayed, in points. */
  FPDF_GetPageWidthF(page: number): number;
  FPDF_GetPageHeightF(page: number): number;
  /** Quarter turns clockwise. */
  FPDFPage_GetRotation(page: number): number;
  /** Writes an FS_RECTF (left, top, right, bottom as floats): the shown part of the page, in page space. */
  FPDF_GetPageBoundingBox(page: number, rect: number): number;
  FPDF_RenderPageBitmap(
    bitmap: number,
    page: number,
    x: number,
    y: number,
    width: number,
    height: number,
    rotate: number,
    flags: number,
  ): void;

  FPDFBitmap_CreateEx(width: number, height: number, format: number, buffer: number, stride: number): number;
  FPDFBitmap_FillRect(bitmap: number, left: number, top: number, width: number, height: number, colour: number): number;
  /** One of BITMAP. */
  FPDFBitmap_GetFormat(bitmap: number): number;
  FPDFBitmap_GetWidth(bitmap: number): number;
  FPDFBitmap_GetHeight(bitmap: number): number;
  FPDFBitmap_GetBuffer(bitmap: number): number;
  FPDFBitmap_GetStride(bitmap: number): number;
  FPDFBitmap_Destroy(bitmap: number): void;

  FPDF_GetFormType(document: number): number;
  FPDFDOC_InitFormFillEnvironment(document: number, info: number): number;
  FPDFDOC_ExitFormFillEnvironment(form: number): void;
  FPDF_SetFormFieldHighlightAlpha(form: number, alpha: number): void;
  FORM_OnAfterLoadPage(page: number, form: number): void;
  FORM_OnBeforeClosePage(page: number, form: number): void;
  FPDF_FFLDraw(
    form: number,
    bitmap: number,
    page: number,
    x: number,
    y: number,
    width: number,
    height: number,
    rotate: number,
    flags: number,
  ): void;

  FPDFPage_CountObjects(page: number): number;
  FPDFPage_GetObject(page: number, index: number): number;
  FPDFFormObj_CountObjects(form: number): number;
  FPDFFormObj_GetObject(form: number, index: number): number;
  FPDFPageObj_GetType(object: number): number;
  /** Writes an FS_MATRIX: a, b, c, d, e, f as floats. */
  FPDFPageObj_GetMatrix(object: number, matrix: number): number;
  /** Whether the object is drawn from now on, until the page is closed. */
  FPDFPageObj_SetIsActive(object: number, active: number): number;
  FPDFPageObj_CountMarks(object: number): number;
  /** The handle of one of its marked-content marks. */
  FPDFPageObj_GetMark(object: number, index: number): number;
  /** Writes the mark's name in UTF-16, and its length in bytes with the null at its end. */
  FPDFPageObjMark_GetName(mark: number, buffer: number, bytes: number, length: number): number;
  FPDFPath_GetDrawMode(path: number, fill: number, stroke: number): number;
  FPDFImageObj_GetImagePixelSize(image: number, width: number, height: number): number;
  /** Copies the image's stream as it lies in the file, if it fits. @returns its length in bytes */
  FPDFImageObj_GetImageDataRaw(image: number, buffer: number, length: number): number;
  /** The image unpacked, in its own size, without its place and masks; 0 when it cannot be. The caller destroys it. */
  FPDFImageObj_GetBitmap(image: number): number;
  FPDFPage_GetAnnotCount(page: number): number;
  FPDFPage_GetAnnot(page: number, index: number): number;
  FPDFPage_CloseAnnot(annotation: number): void;
  FPDFAnnot_GetSubtype(annotation: number): number;
  /** Makes what annotations show part of the page's content, in memory; seen when the page is loaded anew. @returns one of FLATTENED */
  FPDFPage_Flatten(page: number, flag: number): number;

  FPDFText_LoadPage(page: number): number;
  FPDFText_ClosePage(text: number): void;
  FPDFText_CountChars(text: number): number;
  FPDFText_GetUnicode(text: number, index: number): number;
  FPDFText_IsGenerated(text: number, index: number): number;
  /** 1 for a character whose font does not tell which it is. */
  FPDFText_HasUnicodeMapError(text: number, index: number): number;
  FPDFText_IsHyphen(text: number, index: number): number;
  /** Radians, clockwise. */
  FPDFText_GetCharAngle(text: number, index: number): number;
  /** Writes an FS_RECTF that spans the font's whole height. */
  FPDFText_GetLooseCharBox(text: number, index: number, rect: number): number;
  /** Writes four doubles: left, right, bottom, top of the glyph's ink. */
  FPDFText_GetCharBox(text: number, index: number, left: number, right: number, bottom: number, top: number): number;
  FPDFText_GetTextObject(text: number, index: number): number;
  FPDFTextObj_GetTextRenderMode(object: number): number;
}

/** FPDF_ERR_* of FPDF_GetLastError. */
export const PDFIUM_ERROR = { unknown: 1, file: 2, format: 3, password: 4, security: 5, page: 6 } as const;

/** FPDFBitmap_* formats. */
export const BITMAP = { gray: 1, bgr: 2, bgrx: 3, bgra: 4 } as const;

/** FPDF_* flags of FPDF_RenderPageBitmap. */
export const RENDER_FLAG = { annotations: 0x01, grayscale: 0x08, reverseByteOrder: 0x10 } as const;

/** FPDF_PAGEOBJ_* types. */
export const PAGE_OBJECT = { text: 1, path: 2, image: 3, shading: 4, form: 5 } as const;

/** FPDF_TEXTRENDERMODE_INVISIBLE: how OCR layers are drawn. */
export const RENDER_MODE_INVISIBLE = 3;

/** FPDF_ANNOT_* subtypes that show text somebody wrote: free text, stamps, form fields. */
export const WRITTEN_ANNOTATIONS: readonly number[] = [3 /* free text */, 13 /* stamp */, 20 /* widget */];

/** FLATTEN_SUCCESS: what FPDFPage_Flatten gives when it changed the page. */
export const FLATTENED = 1;

/** FPDF_ANNOT_* subtypes that draw nothing of their own on the page. */
export const SILENT_ANNOTATIONS: readonly number[] = [2 /* link */, 16 /* popup */];
