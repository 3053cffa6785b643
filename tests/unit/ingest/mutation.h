// Seeded damage to well-formed bytes, for tests that promise that no input ends the process.
#pragma once

#include <cstddef>
#include <random>
#include <string>

namespace slicecast::ingest::test {

// Flips, overwrites, cuts, repeats or inserts a few bytes of `bytes`.
std::string mutated(std::string bytes, std::mt19937& random);

}  // namespace slicecast::ingest::test
