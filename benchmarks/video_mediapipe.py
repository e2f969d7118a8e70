"""MediaPipe's pose of the first frames of a video, in an environment of its own: CPU milliseconds a frame, the median.

python benchmarks/video_mediapipe.py VIDEO FRAMES        # mediapipe==0.10.21; video.py calls this
"""

import statistics
import sys
import time

import cv2
import mediapipe

cv2.setNumThreads(1)
capture, times = cv2.VideoCapture(sys.argv[1]), []
with mediapipe.solutions.pose.Pose(model_complexity=1) as pose:
    for _ in range(int(sys.argv[2])):
        _, pixels = capture.read()
        began = time.process_time()
        pose.process(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
        times.append(1000 * (time.process_time() - began))
print(statistics.median(times[1:]))
