// A signature beside its floor: two SHA-256 (body and canonical request) and one HMAC-SHA-256 (text
// to sign) over as many bytes, through base/digest.h and through OpenSSL's low-level calls alone.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <array>
#include <string>

#include <benchmark/benchmark.h>
#include <openssl/sha.h>

#include "controller/aws/sigv4.h"
#include "controller/base/digest.h"

namespace plumbline {
namespace {

constexpr Timestamp kTime{std::chrono::seconds(1'767'322'805)};

struct Sample {
  HttpRequest request;
  SigningScope scope{"eu-west-1", "ec2", PathNormalisation::kYes, false};
  Credentials credentials;
  std::string canonical, to_sign;
};

/// `token_size` bytes of session token, as temporary credentials have; 0 for a long-lived key.
Sample make_sample(std::size_t body_size, std::size_t token_size) {
  Sample sample;
  sample.request.host = "ec2.eu-west-1.amazonaws.com";
  sample.request.headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};
  sample.request.body = "Action=DescribeSecurityGroupRules&Version=2016-11-15";
  sample.request.body.resize(body_size, 'a');
  sample.credentials.access_key_id = "AKIAIOSFODNN7EXAMPLE";
  sample.credentials.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  sample.credentials.session_token = std::string(token_size, 't');
  HttpRequest signed_request = sample.request;
  Signer().sign(signed_request, sample.scope, sample.credentials, kTime);
  sample.canonical = make_canonical_request(signed_request, sample.scope).text;
  sample.to_sign = make_string_to_sign(sample.canonical, sample.scope, kTime);
  return sample;
}

Sample sample_of(const benchmark::State& state) {
  return make_sample(
      static_cast<std::size_t>(state.range(0)), static_cast<std::size_t>(state.range(1))
  );
}

void sign(benchmark::State& state) {
  const Sample sample = sample_of(state);
  Signer signer;
  HttpRequest request = sample.request;
  for (auto _ : state) {
    // The same request again: sign() replaces what it added before.
    signer.sign(request, sample.scope, sample.credentials, kTime);
    benchmark::DoNotOptimize(request.headers.data());
  }
}

void sign_floor(benchmark::State& state) {
  const Sample sample = sample_of(state);
  const Digest key = sha256("key");
  for (auto _ : state) {
    benchmark::DoNotOptimize(sha256(sample.request.body));
    benchmark::DoNotOptimize(sha256(sample.canonical));
    benchmark::DoNotOptimize(hmac_sha256(key, sample.to_sign));
  }
}

std::array<unsigned char, 32> raw_hash(const void* bytes, std::size_t size, SHA256_CTX context) {
  std::array<unsigned char, 32> digest;
  SHA256_Update(&context, bytes, size);
  SHA256_Final(digest.data(), &context);
  return digest;
}

/// The least work there is: the HMAC's two key blocks are already absorbed.
void sign_floor_raw(benchmark::State& state) {
  const Sample sample = sample_of(state);
  SHA256_CTX start, inner, outer;
  SHA256_Init(&start);
  std::array<unsigned char, 64> pad{};
  pad.fill(0x36);
  inner = outer = start;
  SHA256_Update(&inner, pad.data(), pad.size());
  pad.fill(0x5c);
  SHA256_Update(&outer, pad.data(), pad.size());
  for (auto _ : state) {
    benchmark::DoNotOptimize(raw_hash(sample.request.body.data(), sample.request.body.size(), start)
    );
    benchmark::DoNotOptimize(raw_hash(sample.canonical.data(), sample.canonical.size(), start));
    const auto text = raw_hash(sample.to_sign.data(), sample.to_sign.size(), inner);
    benchmark::DoNotOptimize(raw_hash(text.data(), text.size(), outer));
  }
}

BENCHMARK(sign)->Args({200, 0})->Args({200, 800})->Args({4000, 800});
BENCHMARK(sign_floor)->Args({200, 0})->Args({200, 800})->Args({4000, 800});
BENCHMARK(sign_floor_raw)->Args({200, 0})->Args({200, 800})->Args({4000, 800});

}  // namespace
}  // namespace plumbline
