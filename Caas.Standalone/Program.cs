return await Caas.Standalone.StandaloneProgram.RunAsync(args);
