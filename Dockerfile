# docker build -t reldistill_mm .                        on the CPU
# docker build -t reldistill_mm --build-arg CUDA=cu126 . with a GPU, then
# docker run --gpus all -it reldistill_mm
# torch's wheels bring CUDA along; the host needs only its driver.
FROM python:3.12-slim-bookworm
ARG CUDA=""
ENV VENV=/opt/venv PATH=/opt/venv/bin:$PATH
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends git libgomp1 make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /reldistill_mm
COPY . .
RUN make env VENV="$VENV" CUDA="$CUDA" && rm -rf /root/.cache
CMD ["python", "tools/doctor.py"]
