// Legge la cifra disegnata con la rete in rete.onnx: tutto nella pagina, nessuna richiesta fuori dal sito.
const qui = (nome) => new URL(nome, import.meta.url).href;
const trova = (id) => document.getElementById(id);
const LATO = 28;

// ---- La rete ----

async function carica() {
  const ort = await import(qui("onnxruntime-web/dist/ort.wasm.min.mjs"));
  ort.env.wasm.wasmPaths = qui("onnxruntime-web/dist/");
  ort.env.wasm.numThreads = 1;
  const sessione = await ort.InferenceSession.create(qui("rete.onnx"), { executionProviders: ["wasm"] });
  // pixel: 784 numeri fra 0 (sfondo) e 1 (inchiostro), riga per riga.
  return async (pixel) => {
    const inizio = performance.now();
    const uscite = await sessione.run({ pixel: new ort.Tensor("float32", Float32Array.from(pixel), [1, 1, LATO, LATO]) });
    const millisecondi = performance.now() - inizio;
    return { probabilita: [...uscite.probabilita.data], mappe: uscite.mappe.data, millisecondi };
  };
}

// ---- Dal disegno a un'immagine come quelle di MNIST ----

function comeMnist(foglio) {
  const { width: w, height: h } = foglio;
  const dati = foglio.getContext("2d").getImageData(0, 0, w, h).data;
  let [x0, y0, x1, y1] = [w, h, -1, -1];
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++)
      if (dati[4 * (y * w + x)] > 40) [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x), Math.max(y1, y)];
  if (x1 < 0) return null;
  const [larga, alta] = [x1 - x0 + 1, y1 - y0 + 1];
  const scala = 20 / Math.max(larga, alta);
  const piccola = new OffscreenCanvas(LATO, LATO).getContext("2d", { willReadFrequently: true });
  piccola.imageSmoothingQuality = "high";
  const centra = (dx, dy) => {
    piccola.fillRect(0, 0, LATO, LATO);
    piccola.drawImage(foglio, x0, y0, larga, alta, dx, dy, larga * scala, alta * scala);
    return Float32Array.from({ length: LATO * LATO }, (_, i) => piccola.getImageData(i % LATO, Math.floor(i / LATO), 1, 1).data[0] / 255);
  };
  const [dx, dy] = [(LATO - larga * scala) / 2, (LATO - alta * scala) / 2];
  const pixel = centra(dx, dy);
  let [massa, mx, my] = [0, 0, 0];
  pixel.forEach((p, i) => { massa += p; mx += p * (i % LATO); my += p * Math.floor(i / LATO); });
  return centra(dx + Math.round(LATO / 2 - 0.5 - mx / massa), dy + Math.round(LATO / 2 - 0.5 - my / massa));
}

// ---- Ciò che si vede ----

function immagine(valori, lato) {
  const massimo = Math.max(...valori, 1e-6);
  const grigi = new ImageData(lato, lato);
  valori.forEach((v, i) => grigi.data.set([255 * v / massimo, 255 * v / massimo, 255 * v / massimo, 255], 4 * i));
  const tela = new OffscreenCanvas(lato, lato);
  tela.getContext("2d").putImageData(grigi, 0, 0);
  return tela;
}

function mostra(pixel, { probabilita, mappe, millisecondi }) {
  const cento = (p) => (100 * p).toLocaleString("it", { maximumFractionDigits: 1 });
  const prima = probabilita.indexOf(Math.max(...probabilita));
  trova("letta").textContent = `È un ${prima}, al ${cento(probabilita[prima])} % (in ${millisecondi.toLocaleString("it", { maximumFractionDigits: 1 })} ms).`;
  [...trova("probabilita").children].forEach((riga, cifra) => {
    riga.firstChild.style.width = `${100 * probabilita[cifra]}%`;
    riga.lastChild.textContent = `${cento(probabilita[cifra])} %`;
  });
  const vista = trova("vista").getContext("2d");
  vista.imageSmoothingEnabled = false;
  vista.drawImage(immagine([...pixel], LATO), 0, 0, 84, 84);
  const griglia = trova("mappe").getContext("2d");
  griglia.imageSmoothingEnabled = false;
  for (let m = 0; m < 16; m++)
    griglia.drawImage(immagine([...mappe.subarray(144 * m, 144 * (m + 1))], 12), 51 * (m % 4), 51 * Math.floor(m / 4), 49, 49);
}

function pulisci(foglio) {
  const penna = foglio.getContext("2d", { willReadFrequently: true });
  penna.fillStyle = "black";
  penna.fillRect(0, 0, foglio.width, foglio.height);
  return Object.assign(penna, { strokeStyle: "white", lineWidth: 20, lineCap: "round", lineJoin: "round" });
}

function collega(riconosci, esempi) {
  const foglio = trova("foglio");
  const penna = pulisci(foglio);
  let inAttesa = false;
  const leggi = async (pixel) => pixel && mostra(pixel, await riconosci(pixel));
  const fraPoco = () => {
    if (inAttesa) return;
    inAttesa = true;
    requestAnimationFrame(async () => { await leggi(comeMnist(foglio)); inAttesa = false; });
  };
  const dove = (e) => { const r = foglio.getBoundingClientRect(); return [(e.clientX - r.left) * foglio.width / r.width, (e.clientY - r.top) * foglio.height / r.height]; };
  const tratto = (e) => { penna.lineTo(...dove(e)); penna.stroke(); fraPoco(); };
  foglio.addEventListener("pointerdown", (e) => { foglio.setPointerCapture(e.pointerId); penna.beginPath(); penna.moveTo(...dove(e)); tratto(e); });
  foglio.addEventListener("pointermove", (e) => foglio.hasPointerCapture(e.pointerId) && tratto(e));
  trova("cancella").addEventListener("click", () => { pulisci(foglio); trova("letta").textContent = "Disegna una cifra."; });
  trova("esempio").addEventListener("click", () => {
    const pixel = esempi[Math.floor(Math.random() * esempi.length)].map((p) => p / 255);
    penna.imageSmoothingEnabled = false;
    penna.drawImage(immagine(pixel, LATO), 0, 0, foglio.width, foglio.height);
    leggi(pixel);
  });
  trova("probabilita").innerHTML = "<li><span></span><b>–</b></li>".repeat(10);
}

try {
  const [riconosci, scheda] = await Promise.all([carica(), fetch(qui("rete.json")).then((r) => r.json())]);
  collega(riconosci, scheda.esempi);
  trova("accuratezza").textContent = `${(100 * scheda.accuratezza).toLocaleString("it", { maximumFractionDigits: 2 })} % (${scheda.dati})`;
  document.querySelector(".disegna").hidden = false;
  window.corso = { riconosci, comeMnist };
} catch (errore) {
  console.warn(errore);
  trova("senza-rete").hidden = false;
}
