using Litre.Core;

namespace Litre.Server.Hosting;

/// <summary>What the program says on its console: settings in texts become options, as in the command that starts it.</summary>
internal static class StartText
{
    private const string Question = "What is the part number of item 1?";

    /// <summary>A text of other code with options in place of settings.</summary>
    public static string Render(string text) =>
        SettingName.Render(text, _ => true, (name, value) => "--" + name + (value.Length == 0 ? "" : $" {value}"));

    public static void WriteError(string text) => Console.Error.WriteLine($"litre: {VisibleText.Of(Render(text))}");

    /// <summary>The command that asks the server about an image.</summary>
    /// <param name="address">The server's address.</param>
    /// <param name="model">The name of the model.</param>
    /// <param name="image">The file.</param>
    /// <param name="needsKey">Whether the request needs a key.</param>
    public static string Curl(string address, string model, string image, bool needsKey) =>
        $"curl -s {address}/v1/chat/completions -H 'Content-Type: application/json'"
        + $"{(needsKey ? " -H 'Authorization: Bearer KEY'" : "")} -d "
        + $"'{{\"model\": \"{model}\", \"messages\": [{{\"role\": \"user\", \"content\": "
        + "[{\"type\": \"image_url\", \"image_url\": {\"url\": "
        + $"\"data:image/png;base64,'$(base64 -w0 {Quote(image)})'\"}}}}, {{\"type\": \"text\", \"text\": \"{Question}\"}}]}}]}}'";

    private static string Quote(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_')
            ? path
            : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
