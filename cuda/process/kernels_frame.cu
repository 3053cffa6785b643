// Code for the card: what works on whole frames.
#include "cuda/device/device_code.cuh"
#include "cuda/kernels/process_frame.h"
#include "cuda/kernels/process_long_rows.h"

namespace {

using namespace slicecast::cuda;

const DeviceCodeOf<PatchBadPixels, Transmissions, Zingers, LineIntegrals, Straighten, MirrorOut,
                   RetrievePhase, MirrorBack, WeighRows, LoadLongRows, MultiplyLongRows,
                   StoreLongRows>
    device_code;

}  // namespace
