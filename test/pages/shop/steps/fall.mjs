process.stdout.write('taking the stairs\n')
process.stderr.write('Error: the third stair is missing\n')
process.exit(3)
