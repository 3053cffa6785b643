// What a batch of pieces is to a card: which instance of the kernel runs, on which tiles, with
// which terms. Plain host code.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/recon/backend.h"
#include "common/recon/kernel_config.h"
#include "cuda/device/device.h"
#include "cuda/kernels/backproject.h"

namespace slicecast::cuda {

// Which kernel reads an image.
enum class Reading : unsigned char {
  half_rows,
  single_rows,
  half_quads,
  single_quads,
  gather,
  filtered
};
inline constexpr int kReadings = 6;

// A part of a grid whose sums lie at `sums` in the card's memory, [plane][row][column] of the part.
struct PieceOnCard {
  const recon::Piece* piece = nullptr;
  int plane_begin = 0, plane_end = 0, row_begin = 0, row_end = 0;
  std::size_t offset = 0;  // of its sums, in floats
  std::size_t points() const {
    return static_cast<std::size_t>(plane_end - plane_begin) *
           static_cast<std::size_t>(row_end - row_begin) *
           static_cast<std::size_t>(piece->grid.columns);
  }
};

// Pieces that one kind of launch can work on together.
struct LaunchTables {
  Reading reading = Reading::gather;
  int points_per_thread = 1;
  BlockShape shape;
  std::vector<CardPiece> pieces;
  std::vector<CardTerm> terms;
  unsigned blocks = 0;
  int most_terms = 0;  // of a piece
};

struct Choice {
  recon::CudaKernels kernels;
  int multiprocessors = 1;
  int threads_per_multiprocessor = 2048;
  int card = 0;  // whose images count
};

// Terms without image, weight or usable matrix, and those of other cards, are left out; so are
// pieces without terms. `sums` is where PieceOnCard::offset counts from.
std::vector<LaunchTables> make_tables(std::span<const PieceOnCard> pieces, const Choice& choice,
                                      float* sums);

// Cuts pieces into parts of at most `points` points, in order: by planes, and by rows where one
// plane is too much.
std::vector<PieceOnCard> cut(std::span<const recon::Piece> pieces, std::size_t points);

}  // namespace slicecast::cuda
