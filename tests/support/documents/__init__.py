"""Make the generated parts of the documents: what is made from the code, and transcripts of commands that were run."""
