interface MeterProps {
  readonly label: string;
  /** 0 to 1. */
  readonly share: number;
  /** The same in words. */
  readonly text: string;
  /** Whether that is too much. */
  readonly full: boolean;
}

/** How much of something is used up. */
export function Meter({ label, share, text, full }: MeterProps) {
  return (
    <div
      class={full ? 'meter full' : 'meter'}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      aria-valuetext={text}
      title={text}
    >
      <div class="bar-fill" style={{ transform: `scaleX(${share})` }} />
    </div>
  );
}
