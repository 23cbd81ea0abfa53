import { useRef } from 'react';

/** Asks once more before an order is called off. */
export const CancelButton = ({ paid, disabled, cancel }: { paid: boolean; disabled: boolean; cancel: () => void }) => {
  const dialog = useRef<HTMLDialogElement>(null);
  const answer = (yes: boolean): void => {
    dialog.current?.close();
    if (yes) cancel();
  };
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()} aria-disabled={disabled}>
        Cancel order
      </button>
      <dialog ref={dialog} aria-labelledby="cancel-question">
        <h2 id="cancel-question">Cancel this order?</h2>
        <p>{paid ? 'Your money goes back. This cannot be undone.' : 'This cannot be undone.'}</p>
        <div className="actions">
          <button type="button" onClick={() => answer(false)}>
            Keep it
          </button>
          <button type="button" className="primary" onClick={() => answer(true)}>
            Yes, cancel it
          </button>
        </div>
      </dialog>
    </>
  );
};
