import { createContext } from 'preact';
import type { Faults } from '../faults.ts';

/** Of the form that a field stands in: it says so itself. */
export const FormFaults = createContext<Faults>({});
