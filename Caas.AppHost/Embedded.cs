using Caas.Standalone;

namespace Caas.AppHost;

/// <summary>The whole platform in this process: no containers, SQLite and Garnet. All there is where Aspire's packages were not to be had (eng/Aspire.props), by an argument elsewhere.</summary>
internal static class Embedded
{
    public const string Argument = "--embedded";

    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] arguments)
    {
        if (Environment.GetEnvironmentVariable("DOTNET_LAUNCH_PROFILE") is not null)
        {
            // The launch profile speaks to Aspire's dashboard; the platform itself does not run as in development.
            Environment.SetEnvironmentVariable("ASPNETCORE_ENVIRONMENT", null);
            Environment.SetEnvironmentVariable("DOTNET_ENVIRONMENT", null);
        }

        return StandaloneProgram.RunAsync([.. arguments.Where(argument => argument != Argument)]);
    }
}
