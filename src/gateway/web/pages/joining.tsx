import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { FleetLineDialog } from '../components/fleet-line-dialog.tsx';
import { FleetLines } from '../components/fleet-lines.tsx';
import { Icon } from '../components/icon.tsx';
import { Loaded, Page } from '../components/page.tsx';
import { WaitingMachines } from '../components/waiting-machines.tsx';
import { joins } from '../live.ts';
import { useResource } from '../resource.ts';
import { isOperator } from '../session-state.ts';
import { CLIENT_TABS } from './clients.tsx';

/** Machines that ask to be let in, and join lines for many. What is news the server says. */
export function JoiningPage() {
  const { waiting, change } = joins.value;
  const list = useResource((signal) => api.joins(signal), [waiting, change]);
  const [making, setMaking] = useState(false);
  const make = isOperator.value && (
    <button type="button" class="button primary" onClick={() => setMaking(true)}>
      <Icon name="plus" />
      Make a line for many
    </button>
  );

  return (
    <Page title="Joining" tabs={CLIENT_TABS} actions={make}>
      <Loaded resource={list}>
        {({ requests, fleet_lines }) => (
          <div class="stack">
            <WaitingMachines requests={requests} onChange={list.reload} />
            <FleetLines lines={fleet_lines} onChange={list.reload} />
          </div>
        )}
      </Loaded>
      {making && <FleetLineDialog onMade={list.reload} onClose={() => setMaking(false)} />}
    </Page>
  );
}
