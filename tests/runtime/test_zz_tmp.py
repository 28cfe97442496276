import subprocess, sys, os, pytest
def test_bench(postgres_url):
    r=subprocess.run([sys.executable,"/tmp/runtime/cold.py",postgres_url,"--prof"],capture_output=True,text=True,env={**os.environ,"PYTHONPATH":"/work/main"})
    print(r.stdout[-6000:], r.stderr[-3000:])
