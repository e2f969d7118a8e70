"""Who is in a picture, and where: picture in, boxes out."""
