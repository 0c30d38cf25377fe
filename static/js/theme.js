// The reader's choice of light or dark, before the first paint. Loaded as a
// plain script in the head: a module would come too late.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
} catch { /* storage is closed to us: the system's preference holds */ }
