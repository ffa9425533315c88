"""What makes the screens an app on a phone: its manifest, its service worker, the page without network."""
