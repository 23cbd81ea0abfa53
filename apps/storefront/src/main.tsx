import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { session } from './session/actions.ts';
import { onAnotherUser } from './session/on-another-user.ts';
import { forgetPages } from './views/use-pages.ts';
import './styles/base.css';
import './styles/frame.css';
import './styles/forms.css';
import './styles/orders.css';
import './styles/catalogue.css';
import './styles/placeholders.css';
import './styles/widths.css';

onAnotherUser(session, forgetPages);
void session.restore();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
