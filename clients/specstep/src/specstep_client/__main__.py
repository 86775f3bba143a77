from specstep_client.cli import main

if __name__ == "__main__":
    main()
