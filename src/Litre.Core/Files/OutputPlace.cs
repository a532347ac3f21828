namespace Litre.Core.Files;

/// <summary>Refuses places where what is written would be taken for what is read.</summary>
public static class OutputPlace
{
    /// <summary>Refuses an output that is a folder of inputs, or lies in it.</summary>
    /// <param name="setting">Names the output, such as <c>output</c>.</param>
    /// <param name="output">Its path.</param>
    /// <param name="inputSetting">Names the input, such as <c>data</c>.</param>
    /// <param name="input">Its path.</param>
    /// <exception cref="InputException">Says both.</exception>
    public static void RefuseAmong(string setting, string output, string inputSetting, string input)
    {
        if (!FolderNesting.IsSameOrInside(input, output))
            return;
        var how = FolderNesting.ResolveLinks(input) == FolderNesting.ResolveLinks(output) ? "is" : "lies inside";
        throw new InputException(
            setting,
            output,
            $"{how} {SettingName.Quote(inputSetting, input)}, where what is written would be read as input the next time",
            "choose a folder outside of it"
        );
    }
}
