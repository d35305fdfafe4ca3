/** What is wrong with which field of a form. */
export type Faults = Readonly<Partial<Record<string, string>>>;

/** Fields of a form that make no sense, found before anything was sent. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
  readonly faults: Faults;

  constructor(faults: Faults) {
    super(Object.values(faults).join('; '));
    this.faults = faults;
  }
}
