"""A person detector of our own: several people's boxes by one small network. The paper takes boxes as given.

scenes (pictures and boxes) -> looks (random crops, collages) -> network -> assignment (who answers for whom) -> loss
"""
