# The program beside other clients, and against bad input.
plumbline_e2e(requests_self_test ${PYTHON3} check_requests.py --self-test)
plumbline_e2e(requests ${PYTHON3} check_requests.py)
plumbline_e2e(bad_input ${PYTHON3} test_bad_input.py)
plumbline_e2e(lsp ${PYTHON3} test_lsp.py)
plumbline_e2e(faults ${PYTHON3} test_faults.py)
plumbline_e2e(aws_cli ${PYTHON3} test_aws_cli.py)
plumbline_e2e(terraform ${PYTHON3} test_terraform.py)
plumbline_e2e(adopt ${PYTHON3} test_adopt.py)
