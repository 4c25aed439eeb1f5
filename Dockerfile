# The dashboard on a CPU, with the models inside. docs/deploy.md says how to build and run it.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS build
# One more index for pip, such as PyTorch's own of CPU builds: PyPI's torch for Linux brings several
# GB of CUDA libraries along.
ARG EXTRA_INDEX_URL=""
RUN python -m venv /opt/harec
ENV PATH=/opt/harec/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
# The tested versions first: they change less often than the code.
COPY requirements.txt ./
RUN pip install ${EXTRA_INDEX_URL:+--extra-index-url "$EXTRA_INDEX_URL"} -r requirements.txt
COPY . .
RUN pip install --no-deps .

FROM python:${PYTHON}-slim-bookworm
# /data: a volume mounted there belongs to the user, too.
RUN useradd --create-home --uid 10001 harec && install -d -o harec -g harec /data
COPY --from=build /opt/harec /opt/harec
ENV PATH=/opt/harec/bin:$PATH PYTHONUNBUFFERED=1 HAREC_WEIGHTS_DIR=/data/weights
USER 10001
WORKDIR /home/harec
EXPOSE 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["harec", "app", "--headless", "--address", "0.0.0.0", "--port", "8501"]
