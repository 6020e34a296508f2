/** Where the link of a mail leads that confirms an address. */
export const confirmAddress = () => `${window.location.origin}/confirm`;

/** Where the link of a mail leads that lets people choose a new password. */
export const resetAddress = () => `${window.location.origin}/reset-password`;
