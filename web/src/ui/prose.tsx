/** A sentence with commands and names in backticks, as the server and the catalogues write them. */
export const Prose = ({ text }: { text: string }) => (
  <>
    {text.split('`').map((part, index) =>
      // Parts have no identity but their place.
      // oxlint-disable-next-line react/no-array-index-key
      index % 2 === 1 ? <code key={index}>{part}</code> : part,
    )}
  </>
)
