/**
 * What the API says of machines that join (HTTP.md 4): types that the console shares, as those of api-types.ts.
 */

/** A machine that asks to join. `fingerprint` is its key's; `denied`: the operator said no, less than a day ago. */
export interface JoinRequest {
  readonly name: string;
  readonly fingerprint: string;
  readonly address: string;
  readonly asked: string;
  readonly heard: string;
  readonly denied: string | null;
  /** When it is forgotten. */
  readonly expires: string;
}

/** A join line that nobody has used yet. */
export interface JoinLine {
  readonly name: string;
  readonly write_only: boolean;
  readonly expires: string;
}

/** `POST /api/clients`. */
export interface Enrolment {
  readonly name: string;
  readonly write_only: boolean;
  readonly expires_hours: number;
}

/** The answer to an enrolment: the line is shown once. */
export interface NewJoinLine {
  readonly name: string;
  readonly line: string;
  readonly expires: string;
}

/** A join line for many machines, without its secret. */
export interface FleetLine {
  readonly id: string;
  readonly pattern: string;
  readonly write_only: boolean;
  readonly uses: number;
  readonly uses_left: number;
  readonly made: string;
  readonly expires: string;
}

/** `GET /api/joins`: who asks, the longest first and the denied behind them, and join lines that are good yet. */
export interface Joins {
  readonly requests: readonly JoinRequest[];
  readonly join_lines: readonly JoinLine[];
  readonly fleet_lines: readonly FleetLine[];
}

/** `POST /api/joins/approve`; `as` is another name than it asks for. The fingerprint is whole: it says which machine. */
export interface Approval {
  readonly name: string;
  readonly fingerprint: string;
  readonly as?: string | null;
  readonly write_only?: boolean;
}

/** The answer to it: the client that there is now. */
export interface Approved {
  readonly name: string;
  readonly id: string;
}

/** `POST /api/joins/deny`. */
export interface Denial {
  readonly name: string;
  readonly fingerprint: string;
}

/** `POST /api/fleet-lines`. */
export interface FleetEnrolment {
  readonly pattern: string;
  readonly uses: number;
  readonly write_only?: boolean;
  readonly expires_hours?: number;
}

/** The answer to it: the line is shown once. */
export interface NewFleetLine {
  readonly id: string;
  readonly pattern: string;
  readonly uses: number;
  readonly line: string;
  readonly expires: string;
}
