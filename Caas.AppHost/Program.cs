using Caas.Standalone;

// Aspire's packages were not to be had when this was built: the whole platform runs in this process (eng/Aspire.props).
if (Environment.GetEnvironmentVariable("DOTNET_LAUNCH_PROFILE") is not null)
{
    // The launch profile speaks to Aspire's dashboard; the platform itself does not run as in development.
    Environment.SetEnvironmentVariable("ASPNETCORE_ENVIRONMENT", null);
    Environment.SetEnvironmentVariable("DOTNET_ENVIRONMENT", null);
}

return await StandaloneProgram.RunAsync(args);
