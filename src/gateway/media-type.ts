import mime from 'mime';

/** By a name or its extension; text with the character set that it is in, for want of knowing better. */
export function mediaType(name: string): string {
  const type = mime.getType(name) ?? 'application/octet-stream';
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
}
