"""Traditional Chinese characters as simplified ones, so that the phrases need be written only once.

Only characters that the phrases, topics and files' words use are here: one for one, so that places in the text stay
the same. What a person wrote into a title is never folded; `Marks` keeps what was typed. The words that Taiwan and Hong
Kong use beside those of the mainland (影片, 匯出, 直式) stand among the phrases, in simplified characters.
"""

from __future__ import annotations

__all__ = ["simplified"]

_PAIRS = """
與与 專专 業业 東东 丟丢 兩两 個个 為为 爲为 麼么 麽么 樂乐 書书 從从 們们 優优 會会 傘伞 傳传 傷伤 體体 餘余
側侧 儲储 蘭兰 關关 內内 寫写 軍军 衝冲 況况 淨净 準准 減减 幾几 憑凭 齣出 創创 刪删 別别 製制 務务 動动 勞劳
區区 單单 壓压 雙双 髮发 發发 變变 隻只 檯台 臺台 颱台 後后 嗎吗 聽听 員员 響响 圍围 圖图 場场 塊块 墊垫 聲声
處处 複复 復复 頭头 夾夹 實实 寬宽 對对 導导 將将 屬属 帶带 幀帧 幫帮 幹干 乾干 廣广 應应 開开 張张 彈弹 強强
歸归 當当 錄录 徹彻 徑径 態态 總总 戶户 擴扩 摳抠 擇择 擋挡 損损 換换 擷撷 數数 無无 時时 顯显 機机 條条 來来
鬆松 極极 構构 標标 樣样 檔档 橫横 歡欢 氣气 匯汇 滙汇 湯汤 沒没 淺浅 塗涂 漸渐 滿满 濾滤 燈灯 爐炉 點点 煩烦
熱热 狀状 獨独 貓猫 環环 現现 電电 畫画 蓋盖 盤盘 碼码 離离 種种 積积 稱称 穩稳 豎竖 筆笔 籃篮 類类 紅红 約约
級级 純纯 縱纵 紙纸 線线 終终 經经 絨绒 結结 給给 絕绝 統统 續续 綿绵 綠绿 編编 縮缩 網网 職职 膚肤 腦脑 腳脚
臉脸 節节 蘋苹 範范 蘿萝 薩萨 藍蓝 虛虚 補补 襯衬 見见 規规 視视 計计 讓让 訊讯 記记 講讲 許许 設设 識识 訴诉
譯译 話话 該该 語语 說说 説说 請请 誰谁 調调 謝谢 貝贝 賬账 帳账 貨货 質质 貼贴 費费 賽赛 蹤踪 車车 軌轨 轉转
輪轮 輕轻 載载 轎轿 輛辆 輯辑 輸输 邊边 過过 運运 還还 這这 進进 遠远 連连 適适 選选 遙遥 採采 裡里 裏里 鐘钟
鍾钟 鐵铁 鋪铺 銳锐 鍵键 鏡镜 長长 閃闪 閉闭 問问 間间 陽阳 陰阴 階阶 隨随 隱隐 靜静 麵面 頂顶 項项 順顺 須须
領领 頸颈 頻频 題题 顏颜 額额 風风 飛飞 飯饭 馬马 駕驾 鳥鸟 鷗鸥 鴨鸭 鴿鸽 黃黄 齊齐 並并 併并 於于 著着 佔占
羣群 銀银 週周 牀床 甚什 妳你 牠它 祇只
"""

_SIMPLIFIED = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})


def simplified(text: str) -> str:
    """The text in simplified characters, of the same length."""
    return text.translate(_SIMPLIFIED)
