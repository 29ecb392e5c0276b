# OCR Queue: API, workers and scheduler in one image. Build: docker build -t ocr-queue .
# Run: docker run -p 127.0.0.1:8000:8000 -v ocr-data:/data ocr-queue

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force

FROM node:24-bookworm-slim
# The native tesseract is faster than the embedded one, which stays as its stand-in. tini reaps orphaned processes.
RUN apt-get update \
 && apt-get install -y --no-install-recommends tesseract-ocr tesseract-ocr-eng tesseract-ocr-fra tini \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /app /data /logs \
 && chown node:node /data /logs
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY bin ./bin
COPY package.json README.md LICENSE CHANGELOG.md ./
ENV NODE_ENV=production \
    OCR_HOST=0.0.0.0 \
    OCR_PORT=8000 \
    OCR_DATA_DIR=/data \
    OCR_LOG_DIR=/logs \
    OCR_LOG_CONSOLE=json
USER node
VOLUME ["/data", "/logs"]
EXPOSE 8000
# The process runs; whether it can do its work is asked of /readyz.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.OCR_PORT + '/livez').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "node", "dist/src/cli/main.js"]
CMD ["serve"]
