const PATHS = {
  overview: 'M2 9.5h2.5L6.5 4l3 8 2-5h2.5',
  files: 'M2 4.5v8h12v-7H8L6.5 3.5H2.8a.8.8 0 0 0-.8.8Z',
  clients: 'M2.5 3h11v7.5h-11ZM6 13.5h4M8 10.5v3',
  security: 'M8 1.8 3 3.6v4c0 3 2 5.4 5 6.6 3-1.2 5-3.6 5-6.6v-4Z',
  settings: 'M2 4.5h6M11 4.5h3M2 11.5h3M8 11.5h6M9.5 3v3M6.5 10v3',
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.3 10.3 14 14',
  download: 'M8 2v8M4.8 7.2 8 10.4l3.2-3.2M2.5 13.5h11',
  upload: 'M8 10.5v-8M4.8 5.7 8 2.5l3.2 3.2M2.5 13.5h11',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  copy: 'M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  warning: 'M8 2.2 14.3 13H1.7ZM8 6.5v3M8 11.2v.3',
  error: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8ZM8 4.8v4M8 10.9v.3',
  left: 'M10 3 5 8l5 5',
  right: 'M6 3l5 5-5 5',
  first: 'M11.5 3l-5 5 5 5M4.5 3v10',
  last: 'M4.5 3l5 5-5 5M11.5 3v10',
  refresh: 'M13.5 8a5.5 5.5 0 1 1-1.6-3.9L13.5 5.5M13.5 2.5v3h-3',
  plus: 'M8 3v10M3 8h10',
  system: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2ZM8 2v12',
  light:
    'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9 13 13M3 13l1.1-1.1M11.9 4.1 13 3',
  dark: 'M13.5 9.5A6 6 0 0 1 6.5 2.500a6 6 0 1 0 7 7Z',
  leave: 'M6 2.500H2.500v11H6M6.5 8h7.500M11 5l3 3-3 3',
} as const;

export type IconName = keyof typeof PATHS;

/** A sign beside a word; it says nothing by itself to who cannot see it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A sesame seed with a check mark: the sign of the house. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path class="mark-seed" d="M16 5c5 6 7 10 7 14a7 7 0 0 1-14 0c0-4 2-8 7-14Z" />
      <path class="mark-check" d="m12.5 19.5 2.6 2.6 4.6-5" />
    </svg>
  );
}
