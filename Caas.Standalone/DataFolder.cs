using Caas.ServiceDefaults;

namespace Caas.Standalone;

/// <summary>The folder that holds all that is durable.</summary>
internal static class DataFolder
{
    /// <summary>Makes it where it is missing. What is in it (messages, keys) is its owner's alone.</summary>
    /// <exception cref="SetupException">It cannot be made; says why in plain words.</exception>
    public static void Make(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows() || Directory.Exists(folder))
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SetupException($"The data folder {folder} cannot be made: {Cause(folder, failure)}");
        }
    }

    private static string Cause(string folder, Exception failure)
    {
        for (var part = folder; part is not null; part = Path.GetDirectoryName(part))
        {
            if (File.Exists(part))
            {
                return $"{part} is a file, not a folder.";
            }
        }

        return failure switch
        {
            UnauthorizedAccessException => "you may not write there.",
            FileNotFoundException or DirectoryNotFoundException => "no folder can be made at that place.",
            _ => failure.Message, // Such as a full disk: the system's words are plain.
        };
    }
}
