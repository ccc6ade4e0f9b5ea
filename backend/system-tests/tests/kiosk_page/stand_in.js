// Stands in for Tauri's IPC, before the page's own scripts: records every command, and pushes what a test hands over.
(() => {
  const callbacks = new Map();
  let nextId = 1;
  let channel;
  let pushed = 0;
  window.sent = [];
  window.__TAURI_INTERNALS__ = {
    transformCallback: (callback) => {
      callbacks.set(nextId, callback);
      return nextId++;
    },
    invoke: async (command, args) => {
      window.sent.push({ command, args });
      if (command === "start") channel = Number(args.channel.replace("__CHANNEL__:", ""));
      if (window.refused?.includes(command)) throw { code: "refused", message: "refused by the test" };
      return null;
    },
  };
  window.push = (...messages) => {
    const numbered = messages.map((message) => ({ index: pushed++, message }));
    numbered.forEach((message) => callbacks.get(channel)(message));
  };
  // The second arrives before the first, as a large message and a small one do.
  window.pushSwapped = (first, second) => {
    const numbered = [first, second].map((message) => ({ index: pushed++, message }));
    numbered.reverse().forEach((message) => callbacks.get(channel)(message));
  };
  window.hasChannel = () => callbacks.has(channel);
})();
