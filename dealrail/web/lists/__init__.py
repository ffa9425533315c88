"""The deal list, bulk steps, and what every list needs: filters in the address, paging."""
