// OrderKey: what a controller asks for before it takes an order over HTTP. A loopback port is open
// to every user of the machine; the file `STATE.orders` is not. Owned by the controller's command,
// which holds the state; another key each time it starts.
#pragma once

#include <string>

#include "controller/base/env.h"
#include "controller/base/result.h"
#include "controller/base/secret_text.h"

namespace plumbline {

class OrderKey {
 public:
  /// Draws a key and writes it beside the state, for its owner alone (0600). Only the process that
  /// holds the state may.
  static Result<OrderKey> make(const std::string& state_path, Random& random);
  OrderKey(OrderKey&& other) noexcept;
  OrderKey& operator=(OrderKey&&) = delete;
  OrderKey(const OrderKey&) = delete;
  OrderKey& operator=(const OrderKey&) = delete;
  /// Takes the file away.
  ~OrderKey();

  [[nodiscard]] const SecretText& key() const { return key_; }

 private:
  OrderKey(std::string path, SecretText key) : path_(std::move(path)), key_(std::move(key)) {}
  std::string path_;  ///< "" after a move.
  SecretText key_;
};

}  // namespace plumbline
