// The reader's choice of light or dark, before the first paint. Loaded as a
// plain script in the head: a module would come too late. It also marks the page
// as one where scripts run, so that styles can keep room for what they will show.
document.documentElement.dataset.js = "";
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
} catch { /* storage is closed to us: the system's preference holds */ }
