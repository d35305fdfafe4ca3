import { useEffect, useMemo, useState } from 'preact/hooks';
import { csvUrl } from '../api.ts';
import { Choice, SearchField } from '../components/field.tsx';
import { Failure } from '../components/failure.tsx';
import { FileDrawer } from '../components/file-drawer.tsx';
import { FileTable } from '../components/file-table.tsx';
import { Icon } from '../components/icon.tsx';
import { Empty, Page, Skeleton } from '../components/page.tsx';
import { Pager } from '../components/pager.tsx';
import { Ago, Text } from '../components/text.tsx';
import { expectNext, forgetFiles, forgetPages, loadFiles } from '../file-list.ts';
import { pagesOf, queryOf, sortedBy, viewOf, type FileView } from '../file-view.ts';
import { countOf } from '../format.ts';
import { useResource } from '../resource.ts';
import { navigate, route } from '../router.ts';

const TYPING_MS = 250;

/** Every stored file: searched, sorted and leafed through by the server, a page at a time. */
export function FilesPage() {
  const view = viewOf(route.value);
  const { of, path } = route.value.query;
  const { client, search, sort, order, page } = view;
  const files = useResource((signal) => loadFiles(view, signal), [client, search, sort, order, page]);
  const shown = files.data;
  const go = (next: Partial<FileView>, replace = false): void =>
    navigate('files', queryOf({ ...view, ...next }), { replace });

  // A hundred rows are drawn when there are others, and not whenever something beside them changes.
  const table = useMemo(
    () => shown && <FileTable shown={shown} onSort={(by) => go(sortedBy(shown.view, by))} />,
    [shown],
  );

  useEffect(() => {
    if (!shown || files.loading) return;
    const last = pagesOf(shown.total);
    if (page > last) go({ page: last }, true);
    else expectNext(view, shown.total);
  }, [shown, files.loading]);

  return (
    <Page
      title="Files"
      actions={
        <>
          <button
            type="button"
            class="button"
            onClick={() => {
              forgetFiles();
              files.reload();
            }}
          >
            <Icon name="refresh" />
            Refresh
          </button>
          <a class="button" href={csvUrl(view)} download>
            <Icon name="download" />
            CSV
          </a>
        </>
      }
    >
      <div class="files" data-loading={files.loading}>
        <div class="toolbar">
          <Search key={client} search={search} onSearch={(text) => go({ search: text, page: 1 }, true)} />
          {client !== '' && (
            <button type="button" class="chip" onClick={() => go({ client: '', page: 1 })}>
              Client: <Text of={client} limit={40} />
              <Icon name="close" />
              <span class="visually-hidden">Show all clients</span>
            </button>
          )}
          <div class="narrow-only">
            <Choice
              label="Sort by"
              value={sort}
              options={[
                ['time', 'Newest'],
                ['path', 'Path'],
                ['size', 'Size'],
                ['client', 'Client'],
              ]}
              onChange={(by) => go(sortedBy(view, by))}
            />
          </div>
          <p class="toolbar-note muted" role="status">
            {shown && (
              <>
                {countOf(shown.total, 'file')}, listed <Ago of={shown.taken} />
              </>
            )}
          </p>
        </div>
        <Failure error={files.error} onRetry={files.reload} />
        {!shown && !files.error && <Skeleton lines={14} />}
        {shown?.total === 0 && (
          <NoFiles view={view} onClear={() => go({ client: '', search: '', page: 1 })} />
        )}
        {shown && shown.total > 0 && (
          <>
            {table}
            <Pager page={page} pages={pagesOf(shown.total)} onPage={(next) => go({ page: next })} />
          </>
        )}
      </div>
      {of !== undefined && path !== undefined && (
        <FileDrawer
          key={`${of}\n${path}`}
          client={of}
          path={path}
          onClose={() => go({})}
          onDeleted={() => {
            forgetPages();
            files.reload();
            go({}, true);
          }}
        />
      )}
    </Page>
  );
}

/** Keeps what is typed, and passes it on when there is a pause. */
function Search({
  search,
  onSearch,
}: {
  readonly search: string;
  readonly onSearch: (text: string) => void;
}) {
  const [typed, setTyped] = useState(search);
  useEffect(() => setTyped(search), [search]);
  useEffect(() => {
    if (typed === search) return;
    const timer = setTimeout(() => onSearch(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return <SearchField label="Search paths" value={typed} onInput={setTyped} />;
}

function NoFiles({ view, onClear }: { readonly view: FileView; readonly onClear: () => void }) {
  if (view.search === '' && view.client === '') {
    return (
      <Empty title="No files yet.">
        <p>
          Enrol a client under <a href="#/clients">Clients</a>, and send something from there:{' '}
          <code>sesame put -r FOLDER</code>
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="No file matches.">
      <p>Try fewer letters, or look at all of them.</p>
      <button type="button" class="button" onClick={onClear}>
        Show all files
      </button>
    </Empty>
  );
}
