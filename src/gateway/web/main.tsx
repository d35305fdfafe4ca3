import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import './styles/page.css';
import './styles/tables.css';
import './styles/dialogs.css';
import './styles/overview.css';
import './styles/transfers.css';
import './styles/files.css';
import './styles/security.css';
import './styles/fleet.css';
import './theme.ts';
import { App } from './app.tsx';

const root = document.getElementById('console');
if (root) render(<App />, root);
